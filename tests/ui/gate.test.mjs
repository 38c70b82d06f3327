// The commands of the shell stand in four places; they are the same in each.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const read = (path) => readFileSync(join(root, path), "utf8");
const all = (text, pattern) => [...text.matchAll(pattern)].map((found) => found[1]).sort();

test("handler, permissions, gate and page name the same commands", () => {
  const rust = readdirSync(join(root, "src-tauri/commands")).map((name) => read(`src-tauri/commands/${name}`)).join("\n");
  const declared = all(rust, /#\[tauri::command\]\s+pub async fn (\w+)/g);
  const handled = all(rust.match(/generate_handler!\[([^\]]+)\]/)[1], /::(\w+)/g);
  const permitted = readdirSync(join(root, "src-tauri/permissions"))
    .filter((name) => name.endsWith(".toml"))
    .flatMap((name) => all(read(`src-tauri/permissions/${name}`).match(/commands\.allow = \[([^\]]+)\]/)[1], /"(\w+)"/g))
    .sort();
  const gate = all(read("src-tauri/isolation/gate.js"), /"(\w+)"/g);
  const asked = all(read("ui/src/ipc/tauri.ts"), /invoke\("(\w+)"/g);
  assert.ok(declared.length > 10);
  assert.deepEqual({ handled, permitted, gate, asked }, { handled: declared, permitted: declared, gate: declared, asked: declared });
});
