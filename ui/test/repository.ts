/** Where the repository is: tests run as bundles in ui/.build or a folder in it. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = find(dirname(fileURLToPath(import.meta.url)));

function find(folder: string): string {
  if (existsSync(join(folder, "go.mod"))) return folder;
  if (dirname(folder) === folder) throw new Error("no go.mod here or above");
  return find(dirname(folder));
}
