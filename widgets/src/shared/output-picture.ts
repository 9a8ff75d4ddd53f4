/** Time, in ms, in which a page that knows the output's display id has surely written the picture itself. */
const ownWriteTime = 3_000;

export type MimeData = { readonly [mime: string]: unknown };

/** The part of JupyterLab's `IRenderMime.IMimeModel` used here. */
export interface MimeModel {
  readonly data: MimeData;
  setData(options: { readonly data: MimeData }): void;
}

/** The pages that show a shared document, by client id; some entries are the server's, without a user. */
interface Awareness {
  readonly clientID: number;
  getStates(): ReadonlyMap<number, { readonly user?: unknown }>;
}

/** The part of JupyterLab's notebook model used here. */
export interface SharedNotebook {
  /** Whether several pages edit it at once (jupyter-collaboration). */
  readonly collaborative?: boolean;
  readonly sharedModel?: { readonly awareness?: Awareness };
}

/** The still picture in an output that shows a widget of ours. */
export class OutputPicture {
  readonly #model: MimeModel;
  readonly #renderer: { readonly isDisposed: boolean };
  readonly #notebook: SharedNotebook;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: MimeModel, renderer: { readonly isDisposed: boolean }, notebook: SharedNotebook) {
    this.#model = model;
    this.#renderer = renderer;
    this.#notebook = notebook;
  }

  /**
   * Updates the notebook without rendering the output again; with `isWhole`, the data replace the widget too. Two pages
   * that replace an output of a shared document at once would leave it there twice: only one page writes, and only if
   * no page that knows the display id has.
   */
  renew(data: MimeData, isWhole = false): void {
    this.end();
    if (this.#notebook.collaborative) this.#wait(data, isWhole);
    else this.#write(data, isWhole);
  }

  /** Forgets a picture that waits. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(data: MimeData, isWhole: boolean): void {
    this.#timer = setTimeout(() => {
      if (isFirstPage(this.#notebook)) this.#write(data, isWhole);
      // A page that has closed is listed for some time, and may have been the first.
      else if (!this.#isDone(data, isWhole)) this.#wait(data, isWhole);
    }, ownWriteTime);
  }

  #isDone(data: MimeData, isWhole: boolean): boolean {
    const now = this.#model.data;
    const mimes = Object.keys(data);
    const isSame = !isWhole || mimes.length === Object.keys(now).length;
    return this.#renderer.isDisposed || (isSame && mimes.every((mime) => now[mime] === data[mime]));
  }

  #write(data: MimeData, isWhole: boolean): void {
    if (this.#isDone(data, isWhole)) return;
    this.#model.setData({ data: isWhole ? data : { ...this.#model.data, ...data } });
  }
}

/** Whether this page has the lowest client id of those that show the document. */
function isFirstPage({ sharedModel }: SharedNotebook): boolean {
  const awareness = sharedModel?.awareness;
  if (!awareness) return false;
  const pages = [...awareness.getStates()].filter(([, { user }]) => user !== undefined);
  return pages.every(([id]) => awareness.clientID <= id);
}
