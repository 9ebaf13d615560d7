/** What a helper's child process says to its parent. Jobs go the other way as they are. */
export type HelperMessage<Result> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly code: string | null };
