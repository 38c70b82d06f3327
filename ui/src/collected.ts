// What a person has chosen of a preview, and what an export in several parts still lacks.

import type { CandidateView, ExportView, PreviewView } from "./ipc/backend";

/** What is to become of one candidate. */
export interface Choice {
  issuer: string;
  label: string;
  picked: boolean;
  steam: boolean;
}

/** The choices that come with candidates: all of them, but for those that are there already. */
export function choicesOf(candidates: CandidateView[]): Choice[] {
  return candidates.map(({ issuer, label, duplicate_of }) => ({ issuer, label, picked: duplicate_of === null, steam: false }));
}

/** The exports of a preview whose parts are not all there. */
export function unfinished(preview: PreviewView | null): ExportView[] {
  return preview?.exports.filter((one) => one.missing.length > 0) ?? [];
}
