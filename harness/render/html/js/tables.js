/** Makes tables that stand in the page sortable and searchable. */

/** A table with a search field, sorted by a click on a head; one of the class `paged` page by page. */
export function enhanced(table) {
  const paged = table.classList.contains("paged");
  return new globalThis.DataTable(table, {
    paging: paged, pageLength: 25, lengthMenu: [25, 100, -1], info: paged, order: [], autoWidth: false,
    layout: { topStart: "search", topEnd: paged ? "pageLength" : null, bottomStart: paged ? "info" : null, bottomEnd: paged ? "paging" : null },
    language: { search: "Find", lengthMenu: "_MENU_ a page", zeroRecords: "Nothing matches.", info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(of _MAX_)" },
  });
}

export function startTables() {
  for (const table of document.querySelectorAll("table.sortable")) if (!table.querySelector("td.empty")) enhanced(table);
}
