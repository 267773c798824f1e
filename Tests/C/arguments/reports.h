/* Pages of reports. */
#ifndef EQUIPOISE_TESTS_ARGUMENTS_REPORTS_H
#define EQUIPOISE_TESTS_ARGUMENTS_REPORTS_H

#include "arguments.h"

static void pages(void) {
  FAILS(eqp_report_render(NULL, "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{}", NULL, "x", &error), EQP_INVALID_ARGUMENT, "format");
  FAILS(eqp_report_render("{}", "html", NULL, &error), EQP_INVALID_ARGUMENT, "path");
  FAILS(eqp_report_render("{}", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("[]", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("[1]", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("\"\xff\"", "html", "x", &error), EQP_INVALID_ARGUMENT, "report_json");
  FAILS(eqp_report_render("{\"kind\": \"poem\"}", "html", "x", &error), EQP_INVALID_ARGUMENT,
        "report_json");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "HTML", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "pdf", "x", &error), EQP_INVALID_ARGUMENT,
        "format");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "", &error), EQP_INVALID_ARGUMENT,
        "path");
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "/", &error), EQP_IO, NULL);
  FAILS(eqp_report_render("{\"kind\": \"audit\"}", "html", "/no/such/folder/x.html", &error),
        EQP_IO, NULL);
}

#endif
