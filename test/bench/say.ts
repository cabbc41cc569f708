/** Tells how far it is, on stderr: stdout is for the results. */
export const say = (line: string): void => void process.stderr.write(`[bench] ${line}\n`)
