// The namespace as those who work under its lock are given it.

/** What tells a namespace from every other: its directory's device and inode. */
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
