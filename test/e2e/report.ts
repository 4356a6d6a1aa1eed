/** What became of one test inside VS Code. */
export interface Result {
  title: string;
  /** Its stack, if it failed. */
  error?: string;
}

export interface Counts {
  passed: number;
  failed: number;
}
