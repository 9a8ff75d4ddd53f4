/** The npm name of the browser side; the kernel uses it as `_model_module`, the labextension registers under it. */
export const widgetModule = "samlab-widgets";

/** The version of both sides. Must equal the one in `widgets/package.json` (a test compares them). */
export const widgetVersion = "0.1.0";

/** The front-end version range that the kernel requests: any build with the same minor version. */
export const widgetVersionRange = `^${widgetVersion}`;
