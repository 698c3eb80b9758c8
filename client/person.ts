import { type CancellationToken, CancellationTokenSource, window } from "vscode";
import type { NewHostKey, Person, SecretAnswer, SecretQuestion } from "./routers/person.js";

/** The person at this editor: asked in dialogs, which go away when the connection is given up. */
export const personAtEditor: Person = { trustsKey, secret };

async function trustsKey(key: NewHostKey, signal: AbortSignal): Promise<boolean> {
  const where = key.file === undefined ? "It will be asked for again next time." : `It will be written to ${key.file}.`;
  const detail = [
    `${key.address} shows the ${key.type} key`,
    key.fingerprint,
    "Compare it with what the router itself says: ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub (dropbear: dropbearkey -y -f KEYFILE).",
    where,
    ...key.remarks,
  ].join("\n\n");
  const trust = "Trust and Connect";
  const question = `The key of ${key.router} is not known yet. Do you trust it?`;
  const answer = await orAborted(window.showWarningMessage(question, { modal: true, detail }, trust), signal);
  return answer === trust;
}

async function secret(question: SecretQuestion, signal: AbortSignal): Promise<SecretAnswer | undefined> {
  const value = await withToken(signal, (token) =>
    window.showInputBox(
      {
        title: question.again ? `${question.title} (the last answer was refused)` : question.title,
        prompt: question.detail ?? `For ${question.router}. Escape gives up connecting.`,
        password: !question.echo,
        ignoreFocusOut: true,
      },
      token,
    ),
  );
  if (value === undefined) return undefined;
  return { value, remember: question.mayRemember && (await remembers(question, signal)) };
}

async function remembers({ title }: SecretQuestion, signal: AbortSignal): Promise<boolean> {
  const keep = "Remember";
  const picked = await withToken(signal, (token) =>
    window.showQuickPick(
      [
        { label: "Use it this time only", description: "It is asked for again in the next session" },
        { label: keep, description: "Kept in the editor's secret storage" },
      ],
      { title, placeHolder: "Keep it?", ignoreFocusOut: true },
      token,
    ),
  );
  return picked?.label === keep;
}

async function withToken<Answer>(
  signal: AbortSignal,
  ask: (token: CancellationToken) => PromiseLike<Answer>,
): Promise<Answer> {
  const source = new CancellationTokenSource();
  const cancel = () => source.cancel();
  signal.addEventListener("abort", cancel);
  try {
    return await ask(source.token);
  } finally {
    signal.removeEventListener("abort", cancel);
    source.dispose();
  }
}

/** A modal question cannot be taken back; its answer then no longer counts. */
async function orAborted<Answer>(answer: PromiseLike<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
  const given = await answer;
  return signal.aborted ? undefined : given;
}
