// Messages through a ring to a peer that consumes them, timed from the first push until the peer has the last.
import { nowNs, type Figures, type Source } from "./case.js";
import type { Peer } from "./peer.js";
import { works, type WorkName } from "./ring-work.js";

export async function perMessage(messages: number, send: () => unknown): Promise<number> {
  const start = nowNs();
  await send();
  return Number(nowNs() - start) / messages;
}

export const through =
  (peer: Peer, name: WorkName, messages: number): Source =>
  async (): Promise<Figures> => {
    const ns = await perMessage(messages, async () => {
      const answered = peer.ask({ work: name, count: messages });
      works[name].produce(messages);
      await answered;
    });
    return { [name]: ns };
  };
