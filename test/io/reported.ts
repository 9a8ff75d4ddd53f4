import { fileURLToPath } from "node:url";

/** A file that people reported as read wrongly, below `test/golden/reported`. */
export const reported = (name: string) => fileURLToPath(new URL(`../golden/reported/${name}`, import.meta.url));
