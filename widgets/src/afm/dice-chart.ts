import baseStyle from "../../../../style/base.raw.css";
import style from "../../../../style/dice-chart.raw.css";
import type { DiceChartState } from "../../../src/protocol/dice-chart.js";
import type { ChartIntentMessage } from "../../../src/protocol/dice-chart-intents.js";
import { mountDiceChart } from "../dice-chart/mount.js";
import { afmModule } from "./module.js";

export default afmModule<DiceChartState, ChartIntentMessage>(
  {
    protocol: true,
    kind: true,
    title: true,
    subtitle: true,
    footnote: true,
    notices: true,
    series: true,
    groups: true,
    cells: true,
    cases: true,
    labels: true,
    points: true,
    correlations: true,
    anchors: true,
    shown: true,
    selection: true,
    opens: true,
    opened: true,
    handled: true,
  },
  [baseStyle, style],
  mountDiceChart,
);
