export { SlicePrompterModel } from "./slice-prompter/model.js";
export { SlicePrompterView } from "./slice-prompter/view.js";
