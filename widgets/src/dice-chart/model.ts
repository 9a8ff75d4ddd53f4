import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { diceChartModel, diceChartView } from "../../../src/protocol/dice-chart.js";
import { asItIs } from "../shared/as-it-is.js";
import { modelNames } from "../shared/model-names.js";

/** The kernel's state in the browser, shared by all views. */
export class DiceChartModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(diceChartModel, diceChartView) };
  }

  static override serializers: ISerializers = { ...DOMWidgetModel.serializers, points: asItIs };
}
