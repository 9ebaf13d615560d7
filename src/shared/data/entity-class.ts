/**
 * Lets a mapping name a class whose constructor and fields are private. The mapper only ever uses the prototype, and
 * `never` tells its types that nothing of the class can be known from outside.
 */
export const entityClass = (type: { readonly prototype: object }): new () => never =>
  type as unknown as new () => never;
