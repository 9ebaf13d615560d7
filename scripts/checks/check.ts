/** Looks at one part of what is deployed, without a network and without running it. */
export interface Check {
  readonly name: string;
  /** One line per mistake, which begins with the file that has it; none when all is well. */
  run(): Promise<readonly string[]>;
}
