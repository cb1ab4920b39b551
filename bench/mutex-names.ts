// The mutexes of the case that kills their owner: the owner, the waiters and the case know them by number.

export const mutexName = (number: number): string => `owned ${number}`;
