import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rspack } from "@rspack/core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Comm, CommHost, CommMessage, JsonObject } from "../../../kernel-ext/comm/comm.js";
import { VIEW_MIME } from "../../../kernel-ext/comm/widget-model.js";
import type { MimeBundle } from "../../../kernel-ext/context.js";
import { samlabPackage } from "../../../src/io/files/package.js";
import { launchChromium } from "../../browser/lab.js";
import { tools } from "../../browser/requirements.js";

const { root } = samlabPackage;
const styleFolder = join(root, "widgets", "style");
const address = "http://views.test/";

/** Chromium, and the widgets' views bundled from their sources: no JupyterLab, no server, no build. */
export interface Views {
  open(options?: BrowserContextOptions): Promise<ViewPage>;
  /** Closes the pages that a file of tests left open. */
  clear(): Promise<void>;
}

/**
 * A page with views whose kernel side runs in the test's own process. Only the comm between them is simulated: messages
 * are passed as JSON and buffers.
 */
export interface ViewPage {
  readonly page: Page;
  /** For the `host` option of the functions that make widgets. */
  readonly comms: CommHost;
  /** What the page wrote to its console as errors. */
  readonly errors: readonly string[];
  /** Adds a view of the widget to the page: given itself, or what it displays. */
  show(widget: object | MimeBundle): Promise<void>;
  /** As if the kernel had gone. */
  disconnect(): Promise<void>;
  /** JupyterLab's own colors. */
  setTheme(theme: "light" | "dark"): Promise<void>;
}

let shared: Promise<Views> | undefined;

/** Those of a test worker: bundled and started for its first file. */
export function sharedViews(): Promise<Views> {
  shared ??= openViews();
  return shared;
}

async function openViews(): Promise<Views> {
  const folder = mkdtempSync(join(tmpdir(), "samlab-views-"));
  for (const ending of ["exit", "SIGTERM"]) {
    process.once(ending, () => rmSync(folder, { recursive: true, force: true }));
  }
  await bundle(folder);
  const browser = await launchChromium();
  return {
    open: (options) => openPage(browser, folder, options),
    clear: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
  };
}

/** Not the files of `npm run build`, which may be older than the sources. */
async function bundle(folder: string): Promise<void> {
  const compiler = rspack({
    mode: "development",
    devtool: false,
    context: root,
    target: ["web", "es2022"],
    entry: { views: join(root, "test", "widgets", "page", "host.ts") },
    output: { path: folder, filename: "[name].js", publicPath: address },
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    module: {
      rules: [{ test: /\.ts$/, loader: "builtin:swc-loader", options: { jsc: { parser: { syntax: "typescript" } } } }],
    },
  });
  const stats = await new Promise<import("@rspack/core").Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats?.hasErrors()) throw new Error(stats.toString({ preset: "errors-warnings" }));
}

async function openPage(browser: Browser, folder: string, options: BrowserContextOptions = {}): Promise<ViewPage> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1000 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("close", () => void context.close().catch(() => {})); // the browser may be gone
  const shared = ["base.raw.css", "slice-view.raw.css"];
  const own = readdirSync(styleFolder).filter((name) => name.endsWith(".css") && !shared.includes(name));
  const styles = [...shared, ...own];
  const html = `<!doctype html><meta charset="utf-8"><title>views</title>
<link rel="stylesheet" href="theme-light.css" id="theme">
${styles.map((name) => `<link rel="stylesheet" href="${name}">`).join("\n")}
<style>body { margin: 12px; font-family: var(--jp-ui-font-family); background: var(--jp-layout-color0) }</style>
<body data-jp-theme-light="true" data-jp-theme-name="JupyterLab Light"><script src="views.js"></script>`;
  await page.route("**/*", (route) => {
    const name = route.request().url().replace(address, "");
    if (name === "") return route.fulfill({ contentType: "text/html", body: html });
    const theme = name.match(/^theme-(light|dark)\.css$/)?.[1];
    if (theme)
      return route.fulfill({
        contentType: "text/css",
        body: readFileSync(join(tools.themes, `theme-${theme}-extension`, "index.css")),
      });
    if (styles.includes(name)) return route.fulfill({ path: join(styleFolder, name) });
    return readdirSync(folder).includes(name) ? route.fulfill({ path: join(folder, name) }) : route.abort();
  });
  const comms = new PageComms(page, errors);
  await page.exposeFunction("toKernel", (model: string, content: JsonObject) => comms.receive(model, content));
  await page.goto(address);
  return {
    page,
    comms,
    errors,
    show: async (widget) => {
      const id = await modelId(widget);
      await comms.call("show", id);
    },
    disconnect: () => comms.call("close"),
    setTheme: async (theme) => {
      await page.evaluate(`new Promise((done) => {
        const old = document.getElementById("theme");
        const link = Object.assign(old.cloneNode(), { href: "theme-${theme}.css" });
        link.addEventListener("load", done, { once: true });
        old.replaceWith(link);
      }).then(() => {
        document.body.dataset.jpThemeLight = "${theme === "light"}";
        document.body.dataset.jpThemeName = "JupyterLab ${theme === "light" ? "Light" : "Dark"}";
      })`);
    },
  };
}

async function modelId(widget: object): Promise<string> {
  const display = (widget as { [key: symbol]: (() => Promise<MimeBundle>) | undefined })[Symbol.for("Jupyter.display")];
  const shown = display ? await display.call(widget) : (widget as MimeBundle);
  return (shown[VIEW_MIME] as { readonly model_id: string }).model_id;
}

/** The kernel's end of the comms to one page. */
class PageComms implements CommHost {
  readonly #page: Page;
  readonly #errors: string[];
  readonly #handlers = new Map<string, ((message: CommMessage) => void | Promise<void>)[]>();
  /** Messages arrive in their order. */
  #sent: Promise<void> = Promise.resolve();

  constructor(page: Page, errors: string[]) {
    this.#page = page;
    this.#errors = errors;
  }

  open(target: string, data: JsonObject, options: { buffers?: readonly Uint8Array[] } = {}): Comm {
    const id = `model-${this.#handlers.size + 1}`;
    const handlers: ((message: CommMessage) => void | Promise<void>)[] = [];
    const onClose: ((message: CommMessage) => void)[] = [];
    this.#handlers.set(id, handlers);
    this.#tell("open", id, data, texts(options.buffers));
    let closed = false;
    return {
      id,
      target,
      send: (message, { buffers } = {}) => this.#tell("hear", id, message, texts(buffers)),
      onMessage: (handler) => handlers.push(handler),
      onClose: (handler) => onClose.push(handler),
      close: (closing = {}) => {
        if (closed) return;
        closed = true;
        this.#tell("close", [id]);
        for (const handler of onClose) handler({ data: closing, metadata: {}, buffers: [] });
      },
    };
  }

  onTarget(): void {}

  /** Calls a function of host.ts after all messages before it. */
  async call(method: string, ...args: readonly unknown[]): Promise<void> {
    const call = this.#sent.then(() => {
      if (!this.#page.isClosed()) return this.#page.evaluate(`views.${method}(...${JSON.stringify(args)})`);
    });
    this.#sent = call.then(
      () => {},
      () => {},
    );
    await call;
  }

  /** A message from a view. */
  async receive(id: string, content: JsonObject): Promise<void> {
    const message = { data: { method: "custom", content }, metadata: {}, buffers: [] };
    for (const handler of this.#handlers.get(id) ?? []) await handler(message);
  }

  #tell(method: string, ...args: readonly unknown[]): void {
    this.call(method, ...args).catch((error: Error) => {
      if (!this.#page.isClosed()) this.#errors.push(error.message);
    });
  }
}

function texts(buffers: readonly Uint8Array[] = []): string[] {
  return buffers.map((bytes) => Buffer.from(bytes).toString("base64"));
}
