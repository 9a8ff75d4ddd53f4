import { existsSync } from "node:fs";
import { catalog, defaultModel } from "../../predict/catalog.js";
import { type Command, exitCodes } from "../command.js";

export const modelsCommand: Command = {
  name: "models",
  usage: "",
  summary:
    "Lists the models known by name. Any SAM-family .pth or .safetensors checkpoint can be given by its path too.",
  options: {},
  async run(_, console) {
    for (const { name, summary, licence, prompts, checkpoint } of catalog) {
      const kinds = (["points", "box", "mask"] as const).filter((kind) => prompts[kind]).join(", ");
      const weights = existsSync(checkpoint())
        ? checkpoint()
        : `not there: npm run setup fetches them to ${checkpoint()}`;
      console.out(
        `${name}${name === defaultModel ? " (default)" : ""}\n  ${summary}\n  prompts: ${kinds}; licence: ${licence}\n  weights: ${weights}\n`,
      );
    }
    return exitCodes.ok;
  },
};
