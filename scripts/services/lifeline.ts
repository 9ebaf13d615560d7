import { spawn } from 'node:child_process';

// The shell waits for the end of its input, which comes when this process is gone, however it went. It is not in our
// process group, so a Ctrl-C in the terminal does not reach it.
const WATCH = `
trap '' INT TERM HUP
read -r _
kill -s "$1" "$2" 2>/dev/null
tries=0
while kill -0 "$2" 2>/dev/null && [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -s KILL "$2" 2>/dev/null
[ -z "$3" ] || rm -rf "$3"
`;

/**
 * Ends a child process when this one dies without having done so itself, even by `kill -9`, and then removes `folder`.
 * Returns the function that calls the watch off.
 */
export const guard = (pid: number, signal: 'INT' | 'TERM', folder = ''): (() => void) => {
  const watch = spawn('/bin/sh', ['-c', WATCH, 'lifeline', signal, String(pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.on('error', () => undefined);
  watch.unref();
  // An idle pipe must not keep this process alive; its end must still reach the watch when we exit.
  (watch.stdin as unknown as { unref(): void }).unref();
  return () => watch.kill('SIGKILL');
};
