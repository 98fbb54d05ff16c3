/* The scripts of every page, which the build makes one of: menus before the theme's own script, which uses its tooltips. */
import "./menus.js";
import "./figures.js";
import "./search.js";
