/** A database server that belongs to this checkout alone. */
export interface PrivateServer {
  readonly url: string;
  readonly pid: number;
  /** It was running already: whoever started it also stops it. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** It stays when the command that started it ends. */
  readonly background?: boolean;
  /** Its data go with it. */
  readonly temporary?: boolean;
  /** Settings in the server's own words. */
  readonly settings?: Readonly<Record<string, string>>;
}
