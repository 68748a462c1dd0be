/** Milliseconds since the epoch, UTC. */
export type Timestamp = number;
/** A JSON object of tag keys and values. */
export type TagsJson = string;
