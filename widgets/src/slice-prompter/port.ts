import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import type { IntentMessage } from "../../../src/protocol/slice-prompter-intents.js";
import type { WidgetPort } from "../shared/port.js";

export type Port = WidgetPort<SlicePrompterState, IntentMessage>;
