/** What happens on the channels to the other members. A member is named by its committee index. */
export interface NetworkEvents {
  onFrame(from: number, frame: Uint8Array): void;
  onConnected(peer: number): void;
  onDisconnected(peer: number): void;
}

/** Authenticated, bounded channels to the registered members. Frames may be lost; they are never forged or reordered per channel. */
export interface Network {
  /** Queues a frame; drops it when the member is not connected or its queue is full. */
  send(to: number, frame: Uint8Array): void;
  /** Sends to every other member. */
  broadcast(frame: Uint8Array): void;
  connected(): readonly number[];
  /** A member sent something that an honest one does not. */
  penalise(member: number): void;
  stop(): Promise<void>;
}
