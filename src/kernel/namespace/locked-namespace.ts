// The namespace as it is given to code that runs under its lock.

/** What tells a namespace from all others: its directory's device and inode. */
export interface NamespaceIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/** The namespace while its lock is held. */
export interface LockedNamespace extends NamespaceIdentity {
  /** Descriptor of the directory. */
  readonly directory: number;
  /** Descriptor of the lock file, this thread's own. */
  readonly lock: number;
}
