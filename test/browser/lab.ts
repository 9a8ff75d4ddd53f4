import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { onFreePorts } from "../../kernel-ext/client/ports.js";
import { KERNEL_NAME } from "../../kernel-ext/kernelspec.js";
import { installKernelspec } from "../../kernel-ext/setup/jupyter-files.js";
import { cacheFolder } from "../../src/io/files/cache-folder.js";
import { samlabPackage } from "../../src/io/files/package.js";
import { widgetModule } from "../../src/protocol/version.js";
import { tools } from "./requirements.js";

/** The two front ends that one server serves. */
export type FrontEnd = "lab" | "notebook";

/**
 * A separate JupyterLab (and Notebook 7) with samlab's kernel and widgets, without the user's settings, and a browser
 * for it.
 */
export interface Lab {
  readonly browser: Browser;
  /** The folder that JupyterLab shows. */
  readonly folder: string;
  /**
   * Opens a notebook that lies in {@link folder}, in the page that shows the last one, which is closed unsaved: loading
   * JupyterLab takes seconds. Notebook 7 has a page for each.
   */
  open(notebook: string, options?: OpenOptions, frontEnd?: FrontEnd): Promise<LabPage>;
  /** Ends its kernels, and forgets its files and settings, and pages that know these, for the next file of tests. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Loads JupyterLab anew, which a page that is to be reloaded needs: it would restore what other tests left open. */
  readonly newPage?: boolean;
}

export interface LabPage {
  readonly page: Page;
  /** What the page wrote to its console as errors. */
  readonly errors: readonly string[];
  /** Runs a JupyterLab command. */
  execute(command: string, options?: object): Promise<void>;
  /** Runs all cells and waits until the kernel is idle. */
  runAll(): Promise<void>;
  /** Runs the cell with this number, from 0, and waits for it. */
  runCell(index: number): Promise<void>;
  /** Loads the page again, which must be a new one, and waits for the notebook. */
  reload(): Promise<void>;
}

/** Code cells of a notebook for samlab's kernel. */
export function writeNotebook(file: string, cells: readonly string[]): void {
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: KERNEL_NAME, display_name: "TypeScript (samlab)", language: "typescript" } },
    cells: cells.map((source, n) => ({
      cell_type: "code",
      // Like no other notebook's: a widget's prompts are kept by its cell.
      id: `${basename(file, ".ipynb")}-${n}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  };
  writeFileSync(file, JSON.stringify(notebook));
}

const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: tools.chromium, args: chromiumFlags });
}

/** Before the session has its kernel, running a cell would ask for one in a dialog. */
const kernelReady = (notebook: string) => `(async () => {
  const { shell } = window.jupyterapp;
  const widget = [...shell.widgets("main")].find(({ context }) => context?.path === ${JSON.stringify(notebook)});
  // The launcher, which JupyterLab shows while nothing is open, may come late and be the current one.
  if (shell.currentWidget !== widget) shell.activateById(widget.id);
  await widget.context.ready;
  await widget.sessionContext.ready;
  await widget.sessionContext.session.kernel.info;
})()`;

const token = "samlab-browser-test";
const startTime = 60_000;
/** Below a test's own limit, so that a command that never ends is named. */
const commandTime = 150_000;

/**
 * Pages that were loaded again: JupyterLab opens the notebook of their address a second time once it has saved the
 * workspace, over another one that was opened meanwhile, and shows an error if its file is gone by then.
 */
const reloaded = new WeakSet<Page>();

let shared: Promise<Lab> | undefined;

/** The one JupyterLab of a test worker, started for its first file and cleared after each. */
export function sharedLab(): Promise<Lab> {
  shared ??= startLab();
  return shared;
}

export async function startLab(): Promise<Lab> {
  const home = mkdtempSync(join(tmpdir(), "samlab-lab-"));
  const folder = join(home, "work");
  const share = join(home, "share", "jupyter");
  mkdirSync(folder);
  mkdirSync(join(share, "labextensions"), { recursive: true });
  // Else JupyterLab asks whether to look for news.
  const pageConfig = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };
  mkdirSync(join(home, "config", "labconfig"), { recursive: true });
  writeFileSync(join(home, "config", "labconfig", "page_config.json"), JSON.stringify(pageConfig));
  await installKernelspec(samlabPackage.root, share);
  symlinkSync(tools.labextension, join(share, "labextensions", widgetModule), "junction");
  const { server, log, address } = await onFreePorts(1, ([port]) => startServer(home, folder, share, port)).catch(
    (error) => {
      rmSync(home, { recursive: true, force: true });
      throw error;
    },
  );
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await stop(server);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    browser = await launchChromium();
    const opened = browser;
    const pageFor = sharedPages(opened);
    let workspaces = 0;
    const clear = async () => {
      const pages = opened.contexts().flatMap((context) => context.pages());
      const settings = join(home, "config", "lab", "user-settings");
      const isKept = (page: Page) =>
        !existsSync(settings) && !reloaded.has(page) && /\/lab\b/.test(new URL(page.url()).pathname);
      const leave = (page: Page) => (isKept(page) ? closeNotebooks(page).catch(() => page.close()) : page.close());
      await Promise.all(pages.map(leave));
      const call = async (path: string, method = "GET") => {
        const answer = await fetch(`${address}/api/${path}?token=${token}`, { method });
        if (!answer.ok) throw new Error(`JupyterLab answers ${answer.status} to ${method} ${path}:\n${log()}`);
        return answer;
      };
      const sessions = (await (await call("sessions")).json()) as { id: string }[];
      await Promise.all(sessions.map(({ id }) => call(`sessions/${id}`, "DELETE")));
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
      for (const path of [settings, join(home, "config", "lab", "workspaces")]) {
        rmSync(path, { recursive: true, force: true });
      }
    };
    return {
      browser,
      folder,
      clear,
      open: async (notebook, options, frontEnd = "lab") => {
        // A page that is reloaded restores its workspace, which other pages must not write to.
        const lab = options?.newPage ? `lab/workspaces/${++workspaces}` : "lab";
        const path = frontEnd === "lab" ? `${lab}/tree/${notebook}?reset&` : `notebooks/${notebook}?`;
        return openNotebook(await pageFor(options, frontEnd), notebook, `${address}/${path}token=${token}`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts JupyterLab and waits until it answers. */
async function startServer(home: string, folder: string, share: string, port: number) {
  const server = spawn(
    tools.jupyter,
    [
      "--no-browser",
      "--allow-root",
      "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`,
      "--ServerApp.port_retries=0",
      `--IdentityProvider.token=${token}`,
      `--ServerApp.root_dir=${folder}`,
      "--LabApp.expose_app_in_browser=True",
      "--JupyterNotebookApp.expose_app_in_browser=True",
    ],
    {
      env: {
        ...process.env,
        HOME: home,
        // The weights stay where they are.
        SAMLAB_CACHE: cacheFolder(),
        // On a slow machine, a bar of a library call would stand among the outputs of a cell.
        SAMLAB_PROGRESS: "off",
        JUPYTER_PATH: share,
        JUPYTER_DATA_DIR: join(home, "data"),
        JUPYTER_CONFIG_DIR: join(home, "config"),
        JUPYTER_RUNTIME_DIR: join(home, "runtime"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  // A test worker is ended by a signal, and must leave no server behind; kernels end when their server has.
  const end = () => {
    server.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  const endings = ["exit", "SIGTERM"];
  for (const ending of endings) process.once(ending, end);
  server.once("exit", () => {
    for (const ending of endings) process.off(ending, end);
  });
  let text = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (text += chunk));
  const log = () => text;
  const address = `http://127.0.0.1:${port}`;
  try {
    await answering(`${address}/api/status?token=${token}`, server, log);
  } catch (error) {
    await stop(server);
    throw error;
  }
  return { server, log, address };
}

async function answering(url: string, server: ChildProcess, log: () => string): Promise<void> {
  const until = Date.now() + startTime;
  while (Date.now() < until) {
    if (server.exitCode !== null) throw new Error(`JupyterLab ended at once:\n${log()}`);
    // Another program on the port may accept a connection and never answer.
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`JupyterLab does not answer after ${startTime / 1000} s:\n${log()}`);
}

function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    server.kill("SIGTERM");
  });
}

/**
 * One context for all pages of the same options but their size, and in it one page of JupyterLab. Without motion, which
 * takes a tenth of the time where no GPU draws it.
 */
function sharedPages(browser: Browser): (options: OpenOptions | undefined, frontEnd: FrontEnd) => Promise<Page> {
  const contexts = new Map<string, Promise<BrowserContext>>();
  const labs = new Map<BrowserContext, Page>();
  return async ({ newPage = false, viewport = { width: 1400, height: 1000 }, ...options } = {}, frontEnd) => {
    const key = JSON.stringify(options);
    const known = contexts.get(key) ?? browser.newContext({ reducedMotion: "reduce", ...options });
    contexts.set(key, known);
    const context = await known;
    const lab = labs.get(context);
    if (lab && (newPage || reloaded.has(lab))) await lab.close();
    const page = frontEnd === "lab" && lab && !lab.isClosed() ? lab : await context.newPage();
    if (frontEnd === "lab") labs.set(context, page);
    if (viewport) await page.setViewportSize(viewport);
    return page;
  };
}

function closeNotebooks(page: Page): Promise<unknown> {
  return page.evaluate("for (const widget of [...window.jupyterapp.shell.widgets('main')]) widget.dispose()");
}

async function openNotebook(page: Page, notebook: string, url: string): Promise<LabPage> {
  const isNew = page.url() === "about:blank";
  if (!isNew) await closeNotebooks(page);
  const errors: string[] = [];
  page.removeAllListeners("pageerror").removeAllListeners("console");
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  const evaluate = async (what: string, expression: string, time = startTime) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, time, "late");
    });
    const done = page.evaluate(expression);
    done.catch(() => {}); // of a page that closes after the time is over
    try {
      if ((await Promise.race([done, late])) !== "late") return;
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`${what} took more than ${time / 1000} s. ${await stateOf(page)}`);
  };
  const ready = async () => {
    await page.waitForFunction("window.jupyterapp !== undefined", undefined, { timeout: startTime });
    await evaluate("Restoring JupyterLab", "window.jupyterapp.restored");
    await page.locator(".jp-Notebook .jp-Cell").first().waitFor();
    await evaluate("Starting the kernel", kernelReady(notebook));
  };
  const execute = (command: string, options: object = {}) =>
    evaluate(
      `The command ${command}`,
      `window.jupyterapp.commands.execute("${command}", ${JSON.stringify(options)}).then(() => {})`,
      commandTime,
    );
  if (isNew) await page.goto(url);
  else await execute("docmanager:open", { path: notebook });
  await ready();
  return {
    page,
    errors,
    execute,
    runAll: () => execute("notebook:run-all-cells"),
    runCell: async (index) => {
      await page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").nth(index).click();
      await execute("notebook:run-cell");
    },
    reload: async () => {
      if (!isNew) throw new Error("Open it with newPage: this page would restore what other tests left open.");
      reloaded.add(page);
      await page.reload();
      await ready();
    },
  };
}

/** What a page shows, for the message of a wait that took too long. */
async function stateOf(page: Page): Promise<string> {
  const texts = (selector: string) => page.locator(selector).allInnerTexts();
  const parts = {
    dialogs: await texts(".jp-Dialog"),
    prompts: await texts(".jp-InputPrompt"),
    kernel: await texts(".jp-Notebook-ExecutionIndicator, .jp-StatusBar-TextItem"),
  };
  return `The page shows ${JSON.stringify(parts)}.`;
}
