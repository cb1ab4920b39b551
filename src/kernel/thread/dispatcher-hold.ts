// The process's hold on the dispatcher: from its first waitable object to its end.
import { backFirstBlocks, HEAD_BYTES } from "../dispatcher/blocks.js";
import { DISPATCHER_BYTES } from "../../protocol/dispatcher-layout.js";
import { HEADER_BYTES, ObjectType } from "../../protocol/object-header.js";
import { descriptorFd, fillHold, type DescriptorIndex } from "../process/descriptor-table.js";
import { ProcessWord, processWords } from "../process/process-block.js";
import { DISPATCHER_BASE } from "../namespace/link-slots.js";
import { withNamespace } from "../namespace/namespace.js";
import * as registry from "../registry/registry.js";

function openDispatcher(): DescriptorIndex {
  const opened = registry.createOrOpen(
    DISPATCHER_BASE,
    () => ({
      type: ObjectType.Dispatcher,
      name: DISPATCHER_BASE,
      sizeBytes: DISPATCHER_BYTES - HEADER_BYTES,
      flags: 0,
      maximum: 0,
      initialState: 0,
      hugePages: false,
      structure: null,
      backedBytes: HEAD_BYTES,
    }),
    DISPATCHER_BASE,
  );
  if (opened.created) backFirstBlocks(descriptorFd(opened.descriptor));
  return opened.descriptor;
}

/**
 * The dispatcher's memory. The process takes it at the first call and keeps it until it ends, because what a thread
 * owns and waits for does not depend on the handles that are open. Takes the namespace lock at the first call.
 * @throws RtError when the namespace or the memory cannot be had
 */
export function holdDispatcher(): DescriptorIndex {
  const held = Atomics.load(processWords, ProcessWord.dispatcher);
  if (held !== 0) return held - 1;
  return withNamespace(() => {
    const other = Atomics.load(processWords, ProcessWord.dispatcher);
    if (other !== 0) return other - 1;
    const before = fillHold(-1); // the reference belongs to the process, not to this thread
    try {
      const index = openDispatcher();
      Atomics.store(processWords, ProcessWord.dispatcher, index + 1);
      return index;
    } finally {
      fillHold(before);
    }
  });
}
