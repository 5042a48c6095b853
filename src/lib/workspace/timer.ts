/** The longest time that Node's timers reckon with: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls once so much time is over. @returns a function that calls it off */
export function afterSeconds(seconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const next = leftMs > LONGEST_TIMER_MS ? () => wait(leftMs - LONGEST_TIMER_MS) : act;
    timer = setTimeout(next, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  wait(seconds * 1000);
  return () => clearTimeout(timer);
}
