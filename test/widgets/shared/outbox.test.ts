import { describe, expect, it } from "vitest";
import { Outbox } from "../../../widgets/src/shared/outbox.js";

function start() {
  const sent: number[] = [];
  const outbox = new Outbox<{ view: string; seq: number }>(({ seq }) => sent.push(seq));
  return {
    outbox,
    send: (...numbers: number[]) => {
      for (const seq of numbers) outbox.send({ view: "v", seq });
    },
    sent: () => sent.splice(0),
  };
}

describe("what a view sends while its connection breaks", () => {
  it("is sent again, in order, when there is a new one, except for what the kernel has handled", () => {
    const { outbox, send, sent } = start();
    send(1, 2);
    outbox.handled({ v: 1, another: 9 });
    expect(sent()).toEqual([1, 2]);
    outbox.follow(true);
    send(3);
    expect(sent()).toEqual([]);
    outbox.follow(false);
    expect(sent()).toEqual([2, 3]);
    outbox.follow(false);
    outbox.handled({ v: 3 });
    outbox.follow(true);
    outbox.follow(false);
    expect(sent()).toEqual([]);
  });

  it("is not sent again once the kernel was given up", () => {
    const { outbox, send, sent } = start();
    send(1);
    outbox.follow(true);
    outbox.clear();
    outbox.follow(false);
    send(2);
    expect(sent()).toEqual([1, 2]);
  });
});
