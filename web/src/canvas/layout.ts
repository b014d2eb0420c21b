import { type HierarchyNode, hierarchy } from 'd3-hierarchy';
import type { TreeNode } from '../model/forest.ts';

export const CARD_WIDTH = 252;
export const CARD_HEIGHT = 88;
/** Room between a source's column and its replicas' column. */
export const COLUMN_GAP = 76;
const ROW_GAP = 14;
const BLOCK_GAP = 26;
/** More leaves than this under one source are drawn as a block of several columns, so that thirty servers fit a screen. */
const LEAVES_IN_ONE_COLUMN = 6;
/** Room between the columns of a block: the lines to its cards run there. */
const BLOCK_COLUMN_GAP = 36;
/** Room over a block for the line that feeds its columns. */
const BUS_ROOM = 16;

/** Top left corner of a card, in canvas units. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** `gutterX`: where the vertical line stands that leads to the card; `busY`: the line over a block, null in a simple column. */
export interface Route {
  readonly source: string;
  readonly replica: string;
  readonly gutterX: number;
  readonly busY: number | null;
  /** Where the line enters the block from its source. */
  readonly entryX: number;
}

export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

/** What d3 lays out: one server, or a block of leaves. */
interface Box {
  readonly servers: readonly string[];
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly children: readonly Box[];
}

function boxOf(servers: readonly string[], columns: number, children: readonly Box[]): Box {
  const rows = Math.ceil(servers.length / columns);
  const isBlock = servers.length > 1;
  return {
    servers,
    columns,
    width: columns * CARD_WIDTH + (columns - 1) * BLOCK_COLUMN_GAP,
    height: rows * (CARD_HEIGHT + ROW_GAP) - ROW_GAP + (isBlock ? BUS_ROOM : 0),
    children,
  };
}

/** Columns that give a block of cards about this shape (width / height). */
const columnsFor = (count: number, shape: number): number =>
  Math.min(
    count,
    Math.max(1, Math.round(Math.sqrt((count * (CARD_HEIGHT + ROW_GAP) * shape) / (CARD_WIDTH + BLOCK_COLUMN_GAP)))),
  );

function boxTree(node: TreeNode, shape: number): Box {
  const leaves = node.children.filter((child) => child.children.length === 0);
  if (leaves.length <= LEAVES_IN_ONE_COLUMN)
    return boxOf(
      [node.name],
      1,
      node.children.map((child) => boxTree(child, shape)),
    );
  const others = node.children.filter((child) => child.children.length > 0).map((child) => boxTree(child, shape));
  const block = boxOf(
    leaves.map((leaf) => leaf.name),
    columnsFor(leaves.length, shape),
    [],
  );
  return boxOf([node.name], 1, [...others, block]);
}

/**
 * Places every server of a forest: sources left, replicas right, trees below each other. Each subtree has a horizontal band
 * of its own, so lines never run through foreign cards; a source stands in the middle of its replicas.
 * `blockShape` is the wanted width / height of blocks of leaves. Linear in the number of servers.
 */
export function layOut(forest: readonly TreeNode[], blockShape = 1.7): Layout {
  const places = new Map<string, Place>();
  const routes: Route[] = [];
  let top = 0;
  let width = 0;

  for (const rootNode of forest) {
    const root = hierarchy(boxTree(rootNode, blockShape), (box) => [...box.children]);
    const bandHeights = new Map<HierarchyNode<Box>, number>();
    root.eachAfter((node) => bandHeights.set(node, Math.max(node.data.height, heightOfChildren(node, bandHeights))));
    const bandTops = new Map<HierarchyNode<Box>, number>([[root, top]]);
    root.eachBefore((node) => {
      const bandTop = bandTops.get(node) ?? top;
      const bandHeight = bandHeights.get(node) ?? 0;
      const left = node.depth * (CARD_WIDTH + COLUMN_GAP);
      placeBox(node, { x: left, y: bandTop + (bandHeight - node.data.height) / 2 });
      width = Math.max(width, left + node.data.width);
      let childTop = bandTop + (bandHeight - heightOfChildren(node, bandHeights)) / 2;
      for (const child of node.children ?? []) {
        bandTops.set(child, childTop);
        childTop += (bandHeights.get(child) ?? 0) + gapAfter(child);
      }
    });
    top += (bandHeights.get(root) ?? 0) + 2 * BLOCK_GAP;
  }

  function placeBox(node: HierarchyNode<Box>, corner: Place): void {
    const { servers, columns } = node.data;
    const rows = Math.ceil(servers.length / columns);
    const source = node.parent?.data.servers[0];
    const entryX = corner.x - COLUMN_GAP / 2;
    for (const [index, name] of servers.entries()) {
      const column = Math.floor(index / rows);
      const x = corner.x + column * (CARD_WIDTH + BLOCK_COLUMN_GAP);
      const y = corner.y + (servers.length > 1 ? BUS_ROOM : 0) + (index % rows) * (CARD_HEIGHT + ROW_GAP);
      places.set(name, { x, y });
      if (source === undefined) continue;
      const gutterX = column === 0 ? entryX : x - BLOCK_COLUMN_GAP / 2;
      routes.push({ source, replica: name, gutterX, entryX, busY: column === 0 ? null : corner.y });
    }
  }

  return { places, routes, width, height: Math.max(0, top - 2 * BLOCK_GAP) };
}

/** Between two leaves little, after a whole subtree more. */
const gapAfter = (node: HierarchyNode<Box>): number =>
  node.data.servers.length === 1 && node.children === undefined ? ROW_GAP : BLOCK_GAP;

function heightOfChildren(node: HierarchyNode<Box>, bandHeights: ReadonlyMap<HierarchyNode<Box>, number>): number {
  const children = node.children ?? [];
  return children.reduce(
    (sum, child, index) => sum + (bandHeights.get(child) ?? 0) + (index === children.length - 1 ? 0 : gapAfter(child)),
    0,
  );
}

const BLOCK_SHAPES = [0.8, 1.3, 2, 3, 4.5, 7] as const;

/** The layout that a window of this size shows largest. */
export function layOutFor(
  forest: readonly TreeNode[],
  window: { readonly width: number; readonly height: number },
): Layout {
  const scaleOf = (layout: Layout): number => Math.min(window.width / layout.width, window.height / layout.height);
  return BLOCK_SHAPES.map((shape) => layOut(forest, shape)).reduce((best, layout) =>
    scaleOf(layout) > scaleOf(best) ? layout : best,
  );
}
