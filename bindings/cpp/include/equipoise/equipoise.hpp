// equipoise.hpp - Equipoise for C++17 and later: everything of equipoise.h, without its pointers.
//
// Header-only and without dependencies beyond the C library it wraps. What the C header says of
// each function (parameters, shapes, configuration, mathematics) holds here too; these headers
// say only what is different: handles are objects, errors are exceptions, texts are strings.
#ifndef EQUIPOISE_EQUIPOISE_HPP
#define EQUIPOISE_EQUIPOISE_HPP

#include "equipoise/auditor.hpp"
#include "equipoise/dataset.hpp"
#include "equipoise/endpoint.hpp"
#include "equipoise/error.hpp"
#include "equipoise/hooks.hpp"
#include "equipoise/library.hpp"
#include "equipoise/logging.hpp"
#include "equipoise/model.hpp"
#include "equipoise/reports.hpp"
#include "equipoise/span.hpp"
#include "equipoise/transform.hpp"

#endif
