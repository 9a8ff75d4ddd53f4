import { SamlabError } from "../core/errors.js";
import type { Loaded } from "./weights.js";

const names = { center: "box_proposals.center", prototypes: "box_proposals.prototypes" } as const;

/** Whether a tensor of an adapter is a part of {@link BoxPrototypes}, which no graph reads. */
export const isBoxPrototypes = (name: string) => name === names.center || name === names.prototypes;

/** What boxes are proposed by: how the image embedding looks in each class. */
export interface BoxPrototypes {
  /** The mean embedding of the labeled slices, which is subtracted before embeddings are compared. */
  readonly center: Float32Array;
  /** One for each class, the background first. */
  readonly classes: readonly Float32Array[];
}

/** As the tensors of an adapter. */
export function boxPrototypeTensors({ center, classes }: BoxPrototypes): ReadonlyMap<string, Loaded> {
  const width = center.length;
  const data = new Float32Array(classes.length * width);
  classes.forEach((prototype, n) => {
    data.set(prototype, n * width);
  });
  return new Map([
    [names.center, { dims: [width], data: center }],
    [names.prototypes, { dims: [classes.length, width], data }],
  ]);
}

/**
 * The prototypes in an adapter, or `null` if it has none.
 * @param width channels of the image embedding
 * @throws {SamlabError} `tensor-shape`
 */
export function boxPrototypesOf(
  adapter: { readonly tensors: ReadonlyMap<string, Loaded> } | null,
  width: number,
): BoxPrototypes | null {
  const stored = adapter?.tensors.get(names.prototypes);
  if (!stored) return null;
  const center = adapter?.tensors.get(names.center);
  const { dims, data } = stored;
  const [count = 0] = dims;
  if (dims.length !== 2 || dims[1] !== width || count < 2 || center?.dims.join() !== String(width)) {
    throw new SamlabError(
      "tensor-shape",
      `The prototypes of boxes are not of two or more classes, or do not have ${width} channels.`,
      {
        field: names.prototypes,
        value: dims,
        remedy: "Make the prototypes again with boxProposals.",
      },
    );
  }
  return {
    center: center.data,
    classes: Array.from({ length: count }, (_, n) => data.subarray(n * width, (n + 1) * width)),
  };
}
