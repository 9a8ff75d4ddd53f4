import type { DiceChartState } from "../../../src/protocol/dice-chart.js";
import type { ChartIntentMessage } from "../../../src/protocol/dice-chart-intents.js";
import type { WidgetPort } from "../shared/port.js";

export type Port = WidgetPort<DiceChartState, ChartIntentMessage>;
