// What of a guide is done. The facts say it, not where the guide stands: a person may go back, or pass a step over.

import { t } from "./i18n";
import type { CompanionView, PlaybookName, StepView } from "./ipc/backend";

export type Standing = "done" | "now" | "open";

function isDone({ kind }: StepView, { account, live, no_codes }: CompanionView): boolean {
  if (kind === "scan") return account.state !== "off";
  if (kind === "keep") return live !== null || no_codes;
  return account.state === "on" && account.proved;
}

export function standings(view: CompanionView): Standing[] {
  return view.playbook.steps.map((step, at) => (at === view.step ? "now" : isDone(step, view) ? "done" : "open"));
}

/** The first step that is not done; the last, where all are. */
export function resumeAt(view: CompanionView): number {
  const { steps } = view.playbook;
  const open = steps.findIndex((step) => !isDone(step, view));
  return open < 0 ? steps.length - 1 : open;
}

/** What the guide leads to is shown at the top of the account's page. */
export function isGuided({ step, account }: CompanionView): boolean {
  return step !== null || account.state !== "on";
}

/** The guide shows the code, so nothing else does. */
export function isAtProve(view: CompanionView | null): boolean {
  return view?.step != null && view.playbook.steps[view.step]?.kind === "prove";
}

const ANY = "generic";

/** What a guide is called: the one that fits all has no service's name. */
export function nameOfBook({ id, name }: Pick<PlaybookName, "id" | "name">): string {
  return id === ANY ? t.companion.anyService : name;
}

/** What the service is called, where something is done there. */
export function serviceOf({ account, playbook }: CompanionView): string {
  return (playbook.id === ANY ? account.issuer || account.label : playbook.name) || t.companion.anyService;
}
