// What the sensor measures, as writer and reader share it.
import { f64, struct, u32 } from "rtshm/struct";

export const Sample = struct("Sample", {
  number: u32,
  x: f64,
  y: f64,
  z: f64,
  /** x + y + z: wrong in a value that is half of one sample and half of another. */
  sum: f64,
  /** On the clock that all processes of the machine share. */
  takenMs: f64,
});

export const SENSOR = "Example.Sensor";
export const STOP = "Example.Sensor.Stop";

/** Milliseconds on that clock. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
