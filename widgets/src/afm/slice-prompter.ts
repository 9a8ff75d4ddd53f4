import baseStyle from "../../../../style/base.raw.css";
import style from "../../../../style/slice-prompter.raw.css";
import sliceViewStyle from "../../../../style/slice-view.raw.css";
import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";
import { mountSlicePrompter } from "../slice-prompter/mount.js";
import { afmModule } from "./module.js";

export default afmModule<SlicePrompterState, IntentMessage>(
  {
    protocol: true,
    subject: true,
    model: true,
    place: true,
    slice: true,
    window: true,
    objects: true,
    active: true,
    overlap: true,
    prompts: true,
    masks: true,
    crossing: true,
    speculative: true,
    answer: true,
    mask: true,
    overview: true,
    crossSlices: true,
    surface: true,
    scores: true,
    marks: true,
    work: true,
    problem: true,
    restored: true,
    history: true,
    handled: true,
  },
  [baseStyle, sliceViewStyle, style],
  mountSlicePrompter,
);
