import baseStyle from "../../../../style/base.raw.css";
import style from "../../../../style/mask-compare.raw.css";
import sliceViewStyle from "../../../../style/slice-view.raw.css";
import type { MaskCompareState } from "../../../src/protocol/mask-compare.js";
import type { CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import { mountMaskCompare } from "../mask-compare/mount.js";
import { afmModule } from "./module.js";

export default afmModule<MaskCompareState, CompareMessage>(
  {
    protocol: true,
    subject: true,
    place: true,
    slice: true,
    window: true,
    masks: true,
    onSlice: true,
    totals: true,
    strip: true,
    display: true,
    work: true,
    problem: true,
    definition: true,
    hasLabelsAsOne: true,
    handled: true,
  },
  [baseStyle, sliceViewStyle, style],
  mountMaskCompare,
);
