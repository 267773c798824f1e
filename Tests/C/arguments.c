/*
 * Calls every function with invalid arguments: NULL, zero, negative and huge numbers, handles of
 * another kind, text that is not JSON. The status is never EQP_OK, every out-pointer is NULL, and
 * the process survives. The checks of each handle are in arguments/.
 */
#include "arguments/arrow.h"
#include "arguments/auditing.h"
#include "arguments/auditors.h"
#include "arguments/datasets.h"
#include "arguments/endpoints.h"
#include "arguments/fronts.h"
#include "arguments/hooks.h"
#include "arguments/models.h"
#include "arguments/predicting.h"
#include "arguments/process.h"
#include "arguments/reports.h"
#include "arguments/transforms.h"
#include "arguments/tuning.h"

int main(void) {
  errors_and_settings();
  new_datasets();
  reading_datasets();
  parts_of_datasets();
  arrow_streams();
  pages();
  auditors();
  transforms();
  fronts();
  models();
  tuning();
  adjusting();
  hooks_of_calls();
  requests_to_cancel();
  predicting();
  endpoints();
  auditing();
  return finished();
}
