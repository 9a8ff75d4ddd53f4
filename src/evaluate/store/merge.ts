import { SamlabError } from "../../core/errors.js";
import { planDifferences, withSubjects } from "../plan.js";
import { EvaluationResult } from "../result/evaluation-result.js";
import { readingNotes, trainingNotes } from "./reading-notes.js";
import { rowsInOrder } from "./rows-in-order.js";
import { type CaseRecord, namedAs, readStore, type StoreContent, type UnitRecord, unitKey } from "./store-file.js";

/**
 * Merges the stores of an array job, after checking that all have the same plan, that every shard is there once, and
 * that every unit of every case is finished.
 *
 * @param paths the stores, in any order
 * @throws {SamlabError} `argument-invalid` (no store, different plans, a shard twice), `state-order` naming what is
 * missing; as reading a store
 */
export async function mergeStores(paths: readonly string[]): Promise<EvaluationResult> {
  const stores = await Promise.all(paths.map(readShard));
  const [first] = stores;
  if (!first)
    throw new SamlabError("argument-invalid", "There is no store to merge.", {
      field: "stores",
      remedy: "Give the paths of the stores of all shards.",
    });
  let { plan } = first.header;
  for (const { path, header } of stores) {
    const differences = planDifferences(plan, header.plan);
    if (header.shard.count !== first.header.shard.count) {
      differences.push(`shards: ${first.header.shard.count} against ${header.shard.count}`);
    }
    if (differences.length > 0) {
      throw new SamlabError(
        "argument-invalid",
        `${first.path} and ${path} are of different evaluations: ${differences.join("; ")}.`,
        {
          file: path,
          field: "plan",
          value: differences,
          remedy: "Merge the stores of one evaluation: the same models, data, prompts, and options.",
        },
      );
    }
    plan = withSubjects(plan, new Map(header.plan.cases.map(({ id, subject }) => [id, subject])));
  }
  for (const { path, header } of stores) {
    const twin = stores.find((other) => other.path !== path && other.header.shard.index === header.shard.index);
    if (twin || paths.indexOf(path) !== paths.lastIndexOf(path)) {
      throw new SamlabError(
        "argument-invalid",
        `${path} and ${twin?.path ?? path} are the same shard ${header.shard.index}/${header.shard.count}.`,
        {
          file: path,
          field: "shard",
          remedy: "Give each shard once.",
        },
      );
    }
  }
  const named = stores.map((store) => namedAs(store, plan.models));
  const missing = missingParts(named);
  if (missing.length > 0) {
    throw new SamlabError("state-order", `The evaluation is not complete. Missing: ${missing.join("; ")}.`, {
      field: "stores",
      value: missing,
      remedy: "Run these shards (again, with the same store: they resume from there), then merge.",
    });
  }
  const cases = new Map<string, CaseRecord>(named.flatMap((store) => [...store.cases]));
  const units = new Map<string, UnitRecord>(named.flatMap((store) => [...store.units]));
  const ids = plan.cases.map(({ id }) => id);
  return new EvaluationResult(
    rowsInOrder(
      ids,
      plan.models.map(({ name }) => name),
      { cases, units },
    ),
    plan,
    [...readingNotes(ids, cases), ...trainingNotes(units.values())],
  );
}

type NamedStore = StoreContent & { readonly path: string };

async function readShard(path: string): Promise<NamedStore> {
  const content = await readStore(path);
  if (content) return { ...content, path };
  throw new SamlabError("format-invalid", `${path} was cut off before its first line.`, {
    file: path,
    remedy: "Run its shard again.",
  });
}

/** Describes the shards, cases, and units that are missing. */
function missingParts(stores: readonly NamedStore[]): string[] {
  const { plan, shard } = stores[0].header;
  return Array.from({ length: shard.count }, (_, n) => n + 1).flatMap((index) => {
    const name = `shard ${index}/${shard.count}`;
    const store = stores.find(({ header }) => header.shard.index === index);
    if (!store) return [name];
    const ids = plan.cases.map(({ id }) => id).filter((_, n) => n % shard.count === index - 1);
    const unopened = ids.filter((id) => !store.cases.has(id));
    const unfinished = ids.flatMap((id) => {
      const slices = store.cases.get(id)?.slices ?? [];
      const left = slices.flatMap(({ slice }) =>
        plan.models.filter((model) => !store.units.has(unitKey({ case: id, slice, model: model.name }))),
      );
      return left.length > 0 ? [`${left.length} units of ${id}`] : [];
    });
    return [
      ...(unopened.length > 0
        ? [`${name}: ${unopened.length} cases (${unopened.slice(0, 5).join(", ")}${unopened.length > 5 ? " …" : ""})`]
        : []),
      ...unfinished.map((text) => `${name}: ${text}`),
    ];
  });
}
