import type { MessagePort } from "node:worker_threads";
import type { Header, RawMessage } from "./message.js";
import type { Outbox } from "./outbox.js";
import type { InputAnswer, ToThread } from "./thread-protocol.js";
import { warn } from "./warn.js";

type Question = Extract<ToThread, { kind: "input" }>;

/** Asks front ends for input, one question at a time, and matches replies to questions. */
export class Stdin {
  readonly #outbox: Outbox;
  readonly #answers: MessagePort;
  readonly #answered: () => void;
  #questions: Question[] = [];
  /** The message id of the first question. */
  #asked: string | undefined;

  /** `answered` is called when an answer has been posted, to wake a blocked main thread. */
  constructor(outbox: Outbox, answers: MessagePort, answered: () => void) {
    this.#outbox = outbox;
    this.#answers = answers;
    this.#answered = answered;
  }

  ask(question: Question): void {
    this.#questions.push(question);
    if (this.#asked === undefined) this.#next();
  }

  /** Cancels a question; a late answer is dropped. */
  cancel(id: number): void {
    const isAsked = this.#questions[0]?.id === id;
    this.#questions = this.#questions.filter((question) => question.id !== id);
    if (isAsked) this.#next();
  }

  receive(header: Header, message: RawMessage): void {
    if (header.msg_type !== "input_reply") {
      warn(`dropped a message: ${header.msg_type} does not belong on the stdin channel`);
      return;
    }
    const [question] = this.#questions;
    if (!question || !this.#isAnswer(question, message)) return;
    const { value } = JSON.parse(message.content) as { value?: unknown };
    if (typeof value !== "string") warn("an input_reply whose value is not text counts as empty");
    this.#questions.shift();
    const answer: InputAnswer = { id: question.id, value: typeof value === "string" ? value : "" };
    this.#answers.postMessage(answer);
    this.#answered();
    this.#next();
  }

  /**
   * Front ends may omit the parent of their reply. Replies with a parent may be late: the cell may have been
   * interrupted.
   */
  #isAnswer(question: Question, message: RawMessage): boolean {
    const { msg_id } = JSON.parse(message.parent) as { msg_id?: unknown };
    if (msg_id !== undefined) return msg_id === this.#asked;
    const from = Buffer.concat(message.identities);
    return from.equals(Buffer.concat(question.identities));
  }

  #next(): void {
    const [question] = this.#questions;
    this.#asked = question && this.#outbox.askInput(question.identities, question.parent, { ...question.request });
  }
}
