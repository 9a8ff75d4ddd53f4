import type { WidgetPort } from "../../widgets/src/shared/port.js";

/** A port without a kernel: keeps what is sent, and has the state that the test gives it. */
export class FakePort<
  State extends { readonly handled: Readonly<Record<string, number>> },
  Message extends { readonly view: string; readonly seq: number },
> implements WidgetPort<State, Message>
{
  state: State;
  live = true;
  readonly sent: Message[] = [];

  constructor(start: State, patch: Partial<State> = {}) {
    this.state = { ...start, ...patch };
  }

  send(message: Message): void {
    this.sent.push(message);
  }

  onChange(): void {}

  onNote(): void {}

  /** As if the kernel had handled the last intent, with this outcome. */
  answer(patch: Partial<State> = {}): void {
    const last = this.sent.at(-1);
    this.state = { ...this.state, ...patch, handled: last ? { [last.view]: last.seq } : {} };
  }
}
