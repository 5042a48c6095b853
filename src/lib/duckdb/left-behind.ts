let left = false;

/** A query of this process was given up and works on, in a thread that nobody can end. */
export function leaveQueryBehind(): void {
  left = true;
}

/** Whether there is one: then the process must not wait for its threads when it ends. */
export function isQueryLeftBehind(): boolean {
  return left;
}
