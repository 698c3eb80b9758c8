import { quoted, unquoted } from "./quote.js";

/** Seconds without a heartbeat after which a command on a router ends itself, give or take one of its two-second steps. */
export const patienceSeconds = 30;
/** Milliseconds between two heartbeats. */
export const heartbeatMs = 8000;

/** What is to be run by the shell on the router. */
export interface Run {
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Runs it by a sudo that lets the account start this program, but no shell around it. */
  readonly sudo?: { readonly password?: string };
  /**
   * `hookscope-` and letters and digits that no program prints by chance: printed alone on a line of standard output before
   * anything of the command's own.
   */
  readonly mark: string;
}

/**
 * The line that is handed to the account's login shell, whatever that is (dash, bash, ash, fish, csh): it holds no character that
 * one of them reads otherwise. What is really run comes over standard input, `script.length` bytes of it.
 */
export function bootstrap(script: Buffer, become: readonly string[] = [], mark?: string): string {
  // With sudo's password on standard input it is not known whether sudo took it: all up to the mark is skipped.
  const skip = mark ? `while read -r l; do if [ "$l" = ${mark} ]; then break; fi; done; ` : "";
  const start = `${skip}eval "$(dd bs=1 count=${script.length} 2>/dev/null)"`;
  return `exec ${[...become, "sh", "-c"].join(" ")} '${start}'`;
}

/**
 * A script that runs the command and ends it when standard input closes or heartbeats (a line each) stay away: servers pass no
 * signals on (dropbear never, OpenSSH only some), and a link that was cut tells nobody. Only POSIX sh, no job control, no files.
 */
export function watchedScript({ argv, stdin, sudo, mark }: Run): Buffer {
  const input = stdin === undefined ? "" : `printf %s ${quoted([stdin])} | `;
  const source = stdin === undefined ? "</dev/null " : "";
  const end = sudo ? endThroughSudo : "kill $p; sleep 2; kill -9 $p";
  // In braces nothing of a script runs whose rest was lost on the way. Before it waits the shell lets go of its streams: its word
  // on how a child ended could go to nobody, and it would die of that.
  return Buffer.from(`{
${environment}
set -- ${quoted(argv)}
echo ${mark}
exec 3<&0
${sudo ? beforeSudo(sudo.password) : ""}${input}${sudo ? "sudo -n " : ""}"$@" ${source}3<&- &
p=$!
(trap n=0 USR1; n=0; while [ $n -lt ${patienceSeconds / 2} ]; do sleep 2; n=$((n+1)); done; ${end}) </dev/null >/dev/null 2>&1 3<&- &
s=$!
(while read -r l; do kill -USR1 $s; done; ${end}) <&3 >/dev/null 2>&1 &
w=$!
exec 3<&- </dev/null >/dev/null 2>&1
wait $p
r=$?
kill $w $s
exit $r
}
`);
}

/**
 * sudo passes a signal on to what it runs unless a process of its own group sent it, and dies of none but KILL, which would leave
 * what it runs behind.
 */
const endThroughSudo = 'if command -v setsid; then setsid sh -c "kill $p"; else kill $p; fi';

/**
 * Of a program that is not there sudo would say that the account may not run it. The password is given beforehand, so that the
 * command's own `sudo -n` takes it from the same shell without a question and keeps its standard input.
 */
function beforeSudo(password: string | undefined): string {
  const check = 'command -v "$1" >/dev/null || { echo command not found >&2; exit 127; }\n';
  return password === undefined ? check : `${check}printf "%s\\n" ${quoted([password])} | sudo -S -p "" -v || exit\n`;
}

/** What a script of `watchedScript` runs, for a server that is no shell; undefined for any other text. */
export function readScript(script: string): Pick<Run, "argv" | "mark"> | undefined {
  const [, command, mark] = /^set -- (.*?)\necho (hookscope-\w+)$/ms.exec(script) ?? [];
  return mark && command ? { mark, argv: unquoted(command) } : undefined;
}

/** How many bytes of script a login shell's line of `bootstrap` waits for; undefined for any other line. */
export function scriptLength(line: string): number | undefined {
  const found = /dd bs=1 count=(\d+)/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** System programs are found by ordinary accounts too, and say what they say in English. */
const environment = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL";
