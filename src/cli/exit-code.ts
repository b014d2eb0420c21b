/** What Node gives a module that ends while it waits for something that nobody will bring. */
const UNSETTLED = 13;

/** Lets the process end by itself, with the exit code that is to come. */
export async function endWith(coming: Promise<number>): Promise<void> {
  process.exitCode = UNSETTLED;
  process.exitCode = await coming;
}
