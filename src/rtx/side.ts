// The two sides of RTX: an ordinary Windows process, and the real-time subsystem where access is not checked.

/** Which side a module speaks for. */
export type Side = "win32" | "rtss";

/** Whether the module is the real-time side's. */
export const isRtss = (side: Side): boolean => side === "rtss";
