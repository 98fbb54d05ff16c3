/* The page as cells.js has prepared it, for the larger part of the live cells: set once, before anything else is done.

   {cells, file, edits, keep, act, say, loaded}: see there. */
export let page;

export const take = (prepared) => {
  page = prepared;
};

export const isEdited = (cell) => cell.code !== cell.source;
