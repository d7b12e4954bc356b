// The part of the platform that `core` may name in its types: present in Node and browsers alike.
interface AbortSignal {
  readonly aborted: boolean;
}
