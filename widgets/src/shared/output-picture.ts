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
   * Updates the notebook without rendering the output again. Two pages that replace an output of a shared document at
   * once would leave it there twice: only one page writes, and only if no page that knows the display id has.
   */
  renew(data: MimeData): void {
    this.end();
    if (this.#notebook.collaborative) this.#wait(data);
    else if (!this.#has(data)) this.#write(data);
  }

  /** Forgets a picture that waits. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #wait(data: MimeData): void {
    this.#timer = setTimeout(() => {
      if (this.#renderer.isDisposed || this.#has(data)) return;
      if (isFirstPage(this.#notebook)) this.#write(data);
      // A page that has closed is listed for some time, and may have been the first.
      else this.#wait(data);
    }, ownWriteTime);
  }

  #has(data: MimeData): boolean {
    return Object.entries(data).every(([mime, value]) => this.#model.data[mime] === value);
  }

  #write(data: MimeData): void {
    this.#model.setData({ data: { ...this.#model.data, ...data } });
  }
}

/** Whether this page has the lowest client id of those that show the document. */
function isFirstPage({ sharedModel }: SharedNotebook): boolean {
  const awareness = sharedModel?.awareness;
  if (!awareness) return false;
  const pages = [...awareness.getStates()].filter(([, { user }]) => user !== undefined);
  return pages.every(([id]) => awareness.clientID <= id);
}
