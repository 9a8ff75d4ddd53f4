/** The npm name of the browser side; the kernel names it as `_model_module`, the labextension registers under it. */
export const widgetModule = "samlab-widgets";

/** The version both sides are built from. `widgets/package.json` carries the same one (a test compares them). */
export const widgetVersion = "0.1.0";

/** What the kernel asks the front end for: any build that speaks the same minor version. */
export const widgetVersionRange = `^${widgetVersion}`;
