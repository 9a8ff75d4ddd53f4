import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";

/**
 * What is wrong with the types of a packed package. Both packages are of ES modules: what only concerns require() is
 * left out, as by attw's profile esm-only.
 */
export async function typeProblems(tarball: string, entrypoints?: string[]) {
  const options = entrypoints ? { entrypoints } : {};
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)), options);
  if (!analysis.types) throw new Error("no types");
  return analysis.problems.filter(
    (problem) =>
      problem.kind !== "CJSResolvesToESM" &&
      !("resolutionKind" in problem && /node10|cjs/.test(problem.resolutionKind)),
  );
}
