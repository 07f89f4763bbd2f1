// How long an event may wait before it leaves, in ms. Without one it leaves at once.

/** Page views, and what the shop tells. */
export const SOON = 250;
/** What has time; as many as come meanwhile go along. */
export const LATER = 4000;
