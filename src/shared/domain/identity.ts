declare const brand: unique symbol;

/** A string that the compiler keeps apart from every other kind of id. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The one identity that every context shares: whose things these are. UUIDv7 (RFC 9562). */
export type AccountId = Branded<'AccountId'>;
