/** Which part of a list is wanted. Pages count from 1. */
export interface PageRequest {
  readonly page: number;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}
